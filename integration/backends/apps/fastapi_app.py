"""A legacy API as FastAPI's own tutorial writes it: SQLAlchemy on SQLite, one
list with skip and limit, one without any paging.

Run by uvicorn; DATABASE_URL says where the database is. It knows nothing of
what stands in front of it.
"""

import os

from fastapi import Depends, FastAPI
from pydantic import BaseModel
from sqlalchemy import BigInteger, Column, Float, Integer, String, create_engine
from sqlalchemy.orm import Session, declarative_base, sessionmaker

engine = create_engine(os.environ["DATABASE_URL"], connect_args={"check_same_thread": False})
SessionLocal = sessionmaker(autocommit=False, autoflush=False, bind=engine)
Base = declarative_base()


class ItemRow(Base):
    __tablename__ = "items"

    id = Column(Integer, primary_key=True)
    title = Column(String)
    big = Column(BigInteger)
    price = Column(Float)
    note = Column(String, nullable=True)


class Item(BaseModel):
    id: int
    title: str
    big: int
    price: float
    note: str | None

    class Config:
        orm_mode = True


app = FastAPI()


@app.on_event("startup")
def seed():
    Base.metadata.create_all(bind=engine)
    with SessionLocal() as db:
        if db.query(ItemRow).first() is None:
            db.add_all(
                ItemRow(
                    id=i,
                    title=f'item {i} "quoted" \\ é € 😀 \u2028 <&>',
                    big=9007199254740993 + i,
                    price=i * 1e15 + 0.5,
                    note=None if i % 3 else "line\nbreak\t]},[{",
                )
                for i in range(1, 259)
            )
            db.commit()


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


@app.get("/items/", response_model=list[Item])
def read_items(skip: int = 0, limit: int = 100, db: Session = Depends(get_db)):
    return db.query(ItemRow).order_by(ItemRow.id).offset(skip).limit(limit).all()


@app.get("/all-items", response_model=list[Item])
def read_all_items(db: Session = Depends(get_db)):
    return db.query(ItemRow).order_by(ItemRow.id).all()
